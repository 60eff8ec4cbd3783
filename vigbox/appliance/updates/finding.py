"""How the last update went, as the page Health and `vigbox check` tell it."""

from vigbox.appliance.health.findings import Finding
from vigbox.appliance.hint import is_said
from vigbox.appliance.updates.place import Place


def last_update(place: Place) -> list[Finding]:
    """Give what is worth a look: an update under way, gone back from or refused; mostly nothing."""
    told = {key: str(text) for key, text in place.status().items()}
    state, version, why = (told.get(each, "") for each in ("state", "version", "why"))
    if state == "gone back":
        says = (
            f"Version {version} did not come up well, so the box went back to "
            f"{told.get('before', '')}: {why}"
        )
        return [Finding("update", says, is_well=False)]
    if state == "refused":
        # nothing was changed: worth a look until the box is switched off, as the lamp has it
        is_well = not is_said(place.hint)
        return [Finding("update", f"The last update was not installed: {why}", is_well=is_well)]
    if place.is_told_under_way():
        return [Finding("update", f"Version {version} is being installed.")]
    return []
