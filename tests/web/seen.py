"""Which versions a page would have shown before a change, for tests that look at something else."""

from typing import Any

from flask.testing import FlaskClient

from vigbox.casework.clip_changes import in_order
from vigbox.casework.clips import clips_of
from vigbox.casework.tables import Clip, Mark
from vigbox.casework.versions import clip_version, order_version


def seen(client: FlaskClient, address: str) -> dict[str, Any]:
    """Give what a change of this address has to say, as things are now."""
    kind, name, *what = address.strip("/").split("/")
    if kind == "clips" and not what:
        return _of_clip(client, name)
    if kind == "marks":
        recording = name.partition(".")[0] if "." in name else _of_mark(client, name)
        marks = _state(client, recording).get("marks", [])
        return {"seen": next((each["version"] for each in marks if each["id"] == name), "gone")}
    if what in (["undo"], ["redo"]):
        return {"seen": _state(client, name).get("edits", "gone")}
    return {}


def _of_clip(client: FlaskClient, name: str) -> dict[str, str]:
    with _desk(client).session() as casework:
        clip = casework.get(Clip, name)
        if clip is None:
            return {"seen": "gone"}
        order = order_version(in_order(clips_of(casework, clip.recording)))
        return {"seen": clip_version(clip), "seen_order": order}


def _of_mark(client: FlaskClient, name: str) -> str:
    with _desk(client).session() as casework:
        mark = casework.get(Mark, name)
        return mark.recording if mark else "gone"


def _state(client: FlaskClient, recording: str) -> dict[str, Any]:
    answer = client.get(f"/recordings/{recording}/review")
    return answer.get_json() if answer.status_code == 200 else {}


def _desk(client: FlaskClient) -> Any:
    with client.session_transaction() as mine:
        return client.application.extensions["vigbox"].door.desk(mine["token"])
