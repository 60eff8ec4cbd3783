"""How the box is, as `vigbox check`, the report and the page Health tell it; see ``sentences``.

``tests/appliance/health/test_findings.py`` reads the code and finds what is missing.
"""

from typing import Final


def _(sentence: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is shown."""
    return sentence


HEALTH: Final = (
    # appliance/updates/finding
    _("Version %(version)s did not come up well, so the box went back to %(before)s: %(why)s"),
    _("The last update was not installed: %(why)s"),
    _("Version %(version)s is being installed."),
    # appliance/health/findings
    _(
        "Nobody has looked at card, heat and power since the box was switched on. Wait a minute; "
        "if this stays, switch the box off and on."
    ),
    _(
        "This was seen %(minutes)s minutes ago, and nobody has looked since. Switch the box off "
        "and on."
    ),
    _(
        "The %(program)s does not run. Switch the box off and on; if this stays, give the report "
        "below to whoever looks after the box."
    ),
    _(
        "The %(program)s runs, and had to begin anew %(count)s times. Give the report below to "
        "whoever looks after the box."
    ),
    _("Recorder, pages and lamp run."),
    _("The card can only be read: nothing can be filmed. Replace it; what is on it is kept."),
    _("How much room the card has is not known."),
    _("There is room for %(minutes)s minutes of film. Export and erase older recordings."),
    _("There is room for %(minutes)s minutes of film."),
    _("There is room for %(hours)s hours of film."),
    _("The card failed %(count)s times. Export what you need, and have it replaced."),
    _("The card is nearly worn out. Have it replaced soon; what is on it is kept."),
    _("The card has used %(percent)s percent of its life at most."),
    _("This card does not tell how worn it is."),
    _("This card does not tell how worn it is; %(written)s GB were written to it so far."),
    _("How warm the box is cannot be told here."),
    _("The box is hot: %(celsius)s °C. Give it air, and keep it out of the sun."),
    _(
        "The box is %(celsius)s °C, and was too hot since it was switched on. Give it air, and "
        "keep it out of the sun."
    ),
    _("The box is %(celsius)s °C."),
    _("The power is too weak now. Use the power supply and the cable of the box."),
    _(
        "The power was too weak since the box was switched on. Use the power supply and the cable "
        "of the box."
    ),
    _("Nothing here tells how good the power supply is."),
    _("The power supply is good."),
    _(
        "No program's memory has a limit here: pages may take what a film needs. Write "
        "cgroup_enable=memory at the end of the line in cmdline.txt, and switch the box off and "
        "on."
    ),
    _(
        "Memory may be written to the card, and with it plain pictures. Switch swap off, as "
        "docs/packaging.md says, and then the box off and on."
    ),
    _("The limits of memory hold, and none of it is written to the card."),
    _(
        "The Wi-Fi is blocked, mostly since no country is set. Write the country's two letters in "
        "vigbox.toml, and switch the box off and on. A box made from the image has them from its "
        "card: export what you need, and have the card written anew with the country."
    ),
    _(
        "The box's own Wi-Fi is not prepared, mostly since no country is set in vigbox.toml. "
        "`vigbox check` says why."
    ),
    _("The box's own Wi-Fi is off since NetworkManager does not run. Switch the box off and on."),
    _("No Wi-Fi radio is there. The box films all the same; its pages are reached by a cable."),
    _("The Wi-Fi radio is off by a switch on the machine. Switch it on."),
    _("The box's own Wi-Fi did not come up. Switch the box off and on."),
    _(
        "The Wi-Fi keeps to the rules of another country than the settings name. Switch the box "
        "off and on."
    ),
    _(
        "No radio knows the country in vigbox.toml, so the Wi-Fi keeps to the rules that hold "
        "everywhere. Write the country's two letters there."
    ),
    _(
        "Another box is near whose Wi-Fi has the same name: a tablet may join either. Switch one "
        "of them off."
    ),
    _("The box's own Wi-Fi is off. Switch the box off and on."),
    _("The box's own Wi-Fi is on."),
    _("This box has no Wi-Fi of its own."),
    _("%(time)s UTC, %(clock)s"),
    _("from the network"),
    _("from the clock chip"),
    _("as a tablet told it"),
    _("and not sure of it: unlock the page from a tablet that knows the time"),
    _("The settings can be read."),
    # store/settings_file
    _("%(file)s is written as UTF-16. Save it as UTF-8."),
    _(
        "%(file)s cannot be read: %(why)s. Until it can, the last good settings hold. Put it "
        "right, or take it away."
    ),
    _("%(file)s, line %(line)s: this cannot be read. Put # before it, or take it away."),
    _(
        "%(file)s, line %(line)s: this cannot be read. Write it like %(example)s; until then "
        "%(value)s holds."
    ),
    _("%(file)s, line %(line)s: %(key)s is set a second time. Keep one of the lines."),
    _(
        "%(file)s, line %(line)s: %(why)s. Write for example %(example)s; until then %(value)s "
        "holds."
    ),
    _("%(file)s, line %(line)s: there is no setting %(word)s. Put # before the line."),
    _(
        "%(file)s, line %(line)s: there is no setting %(word)s. Did you mean %(nearest)s? Write "
        "it so."
    ),
    _("Until %(file)s is right, nothing is erased by its age."),
    _(
        "%(file)s: %(count)s more lines are wrong. Take the file away, and write what you need "
        "anew."
    ),
    # config
    _("%(key)s must be a whole number from %(least)s to %(most)s, not %(value)s"),
    _("%(key)s must be true or false, not %(value)s"),
    _("%(key)s must be a folder's path, not %(value)s"),
    _("%(key)s must be a file's path, not %(value)s"),
    _("%(key)s must be a text, not %(value)s"),
    _("address must be one like 10.42.0.1, not %(value)s"),
    _("%(why)s Until then the shipped ones hold."),
)
