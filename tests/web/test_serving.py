from tests.web.conftest import Place
from vigbox.web.serving import make_pages_ready


def test_every_page_is_compiled_before_somebody_asks(place: Place) -> None:
    pages = place.app.jinja_env
    make_pages_ready(place.app)
    names = pages.list_templates(["html"])
    assert pages.cache is not None
    ready = {name for _, name in pages.cache.keys()}  # noqa: SIM118  # no mapping
    assert ready.issuperset(names)
    assert "cases.html" in ready
    # nothing is read from the card for a page any more
    assert all(pages.get_template(name) is pages.get_template(name) for name in names)
