from flask import Flask, session
from flask.testing import FlaskClient

from vigbox.web.browser_session import RememberedSessions


def app(key: bytes = b"one key of thirty-two bytes only") -> Flask:
    made = Flask("test")
    made.secret_key = key
    made.session_interface = RememberedSessions()

    @made.get("/keep/<word>")
    def keep(word: str) -> str:
        session["word"] = word
        return ""

    @made.get("/word")
    def word() -> str:
        return str(session.get("word", "none"))

    @made.get("/forget")
    def forget() -> str:
        session.clear()
        return ""

    return made


def word(client: FlaskClient) -> str:
    return client.get("/word").text


def test_what_is_kept_is_there_at_every_later_request() -> None:
    client = app().test_client()
    client.get("/keep/blue")
    assert [word(client) for _ in range(3)] == ["blue"] * 3
    client.get("/keep/green")
    assert word(client) == "green"


def test_a_change_in_one_browser_is_not_seen_in_another_with_the_same_cookie() -> None:
    made = app()
    first, second = made.test_client(), made.test_client()
    first.get("/keep/blue")
    cookie = first.get_cookie("session")
    assert cookie is not None
    second.set_cookie("session", cookie.value)
    assert word(second) == "blue"
    first.get("/forget")
    assert (word(first), word(second)) == ("none", "blue")


def test_a_cookie_that_was_changed_or_signed_elsewhere_holds_nothing() -> None:
    made, other = app(), app(b"another key of thirty-two bytes!")
    client = other.test_client()
    client.get("/keep/blue")
    cookie = client.get_cookie("session")
    assert cookie is not None
    for value in (cookie.value, cookie.value[:-2], cookie.value + "x", "nonsense", "."):
        stranger = made.test_client()
        stranger.set_cookie("session", value)
        assert [word(stranger), word(stranger)] == ["none", "none"], value


def test_without_a_key_there_is_no_session_and_no_error() -> None:
    made = Flask("test")
    made.session_interface = RememberedSessions()
    made.add_url_rule("/word", view_func=lambda: str(session.get("word", "none")))
    client = made.test_client()
    client.set_cookie("session", "anything")
    assert word(client) == "none"
