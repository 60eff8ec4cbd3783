"""What casework, recorder, store and the web's own nouns refuse with, as pages tell it.

Each stands here as the code says it, so that in English nothing changes; see ``sentences``.
``tests/web/test_refusals.py`` reads the code and finds what is missing.
"""

from typing import Final


def _(sentence: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is shown."""
    return sentence


REFUSALS: Final = (
    # appliance/settling
    _("%(folder)s is set up already. Nothing was changed."),
    _(
        "%(folder)s holds a box whose box.json is missing (films: %(films)s, keys of cases: "
        "%(cases)s, armed: %(armed)s). Nothing was changed: call whoever looks after the box."
    ),
    _(
        "%(folder)s holds a box whose box.json and box.id are missing (films: %(films)s, keys: "
        "%(keys)s, certificates: %(certificates)s, databases: %(databases)s), and it gets no new "
        "name. Nothing was changed: put one of the two back from a copy of the card, or call "
        "whoever looks after the box."
    ),
    _("somebody else is finishing the set-up of this box just now. Nothing was changed."),
    # appliance/updates
    _("The update is damaged. Get it again; nothing was changed."),
    _("This is no update of vigbox. Choose the file that ends in .update."),
    _("This is no update of vigbox: it is too large, or no file."),
    _("The update holds another package than it says. Get it again."),
    _(
        "This box trusts no release key yet, so it takes no update. Whoever runs it puts one "
        "into /etc/vigbox/update-keys."
    ),
    _(
        "The update is not signed by a key that this box trusts, or it is damaged. Get it again "
        "from where your boxes come from; nothing was changed."
    ),
    _("%(path)s holds no release key: %(why)s"),
    _("The update is for %(arch)s, and this box is %(here)s. Get the other one."),
    _("Version %(version)s is installed already."),
    _("Version %(version)s is older than %(here)s, which is installed."),
    _(
        "Version %(version)s follows %(lowest)s or later, and this box has %(here)s. Install "
        "%(first)s first."
    ),
    _(
        "Version %(version)s does not know the case database of this box. Run `vigbox schema --to "
        "%(schema)s` first, and unlock nothing in between."
    ),
    _(
        "The card is too full for the update: %(missing)s MB are missing. Export and erase older "
        "recordings first."
    ),
    _("An update is under way already. Wait until it is over."),
    _("Another update is here than was shown. Look at it again."),
    _("There is no update here. Choose its file first."),
    _("The installation of vigbox is not whole (%(status)s). Run: dpkg --configure -a"),
    _(
        "vigbox is not installed as a Debian package on this machine, so there is nothing to "
        "update. Install the package with apt."
    ),
    _("this machine has no %(program)s: it is no box"),
    _(
        "The box was updated just now, and makes sure that all is well. Unlock it in two minutes; "
        "it films already."
    ),
    # why an update was gone back from, which the steps say without an error
    _("%(unit)s fell over %(times)s times."),
    _("%(unit)s does not run."),
    _("dpkg says %(state)s of version %(version)s."),
    _("It cannot be installed: %(why)s"),
    _("The recorder does not answer."),
    _("The page does not answer."),
    _("nginx refuses the page's settings."),
    _("nginx does not run well."),
    _("The firewall is not loaded."),
    _("The network helper may not switch the Wi-Fi on."),
    _("The box's own Wi-Fi does not come up."),
    _("%(why)s Version %(version)s does not run well either: %(too)s"),
    _("The power went again and again while it was installed."),
    _("The card failed before anything was changed: %(why)s."),
    # casework/wraps
    _("Nothing was changed, and the one of before still counts: %(why)s"),
    _(
        "The new one counts already, but not all of the box is sealed anew yet: the next unlock "
        "goes on with it. %(why)s"
    ),
    # web/unarmed
    _("The box films without an armed case. Stop it first, then change the passphrase."),
    _(
        "Films that wait to be filed could not follow the new passphrase, so the one of before "
        "still counts: %(why)s"
    ),
    # casework/answers
    _("nothing was answered. Choose yes or no for at least one part."),
    # casework/arming
    _("%(code)s is %(state)s: nothing is filmed for it."),
    _("what is filmed must be one of %(choices)s, not %(kind)s"),
    _("that cycle is closed, or not of this case. Choose another one."),
    # casework/cases
    _("a case's code must be 2 to 16 of A-Z, 0-9 and -, not %(code)s. Never use a name."),
    _("there is a case %(code)s already. Choose another code."),
    _("At least one practitioner must open the case. Choose one."),
    # casework/clip_changes
    _("What is changed of a clip must be one of %(choices)s, %(why)s."),
    _("A clip that is %(state)s can become %(choices)s, not %(value)s."),
    _("A clip's place must be from 1 to %(most)s, not %(value)s."),
    _("A clip's principles must be a list of up to %(most)s."),
    _("A clip's speed must be one of 100, 50, 25, not %(value)s."),
    _("A clip's %(key)s must be a text."),
    _("There is no principle %(each)s in this box's vocabulary."),
    # casework/clips
    _("a clip's out must come after its in. Move one of them."),
    # casework/consent
    _("there is no consent to %(purpose)s to withdraw. Note a no instead."),
    _("an answer must be of somebody in this case. Add them first."),
    _("only for a child may somebody answer, and only an adult. Ask them."),
    _("the last day that it holds lies in the past. Choose a later one."),
    _("the picture is larger than 4 MB. Take a smaller one."),
    _("must be one of %(choices)s, not %(word)s"),
    # casework/cycles
    _("%(code)s is %(state)s: no cycle begins. Open the case again first."),
    _("a cycle's state must be one of %(choices)s, not %(state)s."),
    _("that cycle belongs to another case."),
    _("somebody who was present is not in this case. Add them first."),
    _("a visit reviews the cycle before the one that it films."),
    # casework/database
    _("the case database %(path)s is not sealed. Do not use this box."),
    _("cannot open the case database %(path)s: %(why)s"),
    _("cannot change %(path)s: %(why)s"),
    # casework/database_key
    _("the case database %(path)s is missing. Restore a copy."),
    _("%(path)s holds no key of the case database"),
    # casework/desk
    _("The key of this film was destroyed: nobody can open it any more."),
    # casework/covering
    _("Ask, and note the answer on the case's page."),
    _(
        "Ask, and note the answer on the case's page, or cover their faces in each clip that "
        "shows them, on its page Cover faces."
    ),
    _(
        "Ask, and note the answer on the case's page, or leave the whole recordings out: no "
        "faces are covered in them."
    ),
    # casework/export_gate
    _("%(code)s was taken back: nothing of it leaves the box."),
    _("what it is for must be one of %(choices)s, not %(purpose)s."),
    _(
        "cannot export it: consent to filming is missing from %(whom)s. Ask, and note the "
        "answer on the case's page."
    ),
    # casework/evidence
    _("nothing was signed. Sign with a finger, or note it as spoken."),
    _("there is no picture. Take one, or note the answer as spoken."),
    _("the picture is too large for this box. Take a smaller one, as a JPEG."),
    _("the picture cannot be read. Take it again, as a JPEG or PNG."),
    # casework/masks
    _("a face must have by, stays and spans."),
    _("a face must say whether it stays, and its spans."),
    _("a mask must cover at least one picture."),
    _("a span must be whole numbers: %(span)s."),
    _("a span must have pictures, and a rectangle must have a size."),
    _("masks must be a list of faces."),
    _("only who may open this case can see its masks."),
    _("somebody of another case cannot be masked here."),
    # casework/order_grounds, order_wish
    _(
        "the masks of a clip were changed since this was ordered. Look at all of it again, then "
        "order it again."
    ),
    _("only who may open this case can make its exports."),
    # casework/shared_reviews
    _("this shared review was begun. What was said in it is kept."),
    # web/clips
    _("A change must say which version of it was seen: seen."),
    _("A change of the order must say which order was seen: seen_order."),
    # web/departure, machines
    _("%(machine)s is no longer paired; choose another machine"),
    # web/importing, its end
    _(
        "The reader of this film does not end. What is left of it is erased after the next "
        "unlock; if it stays, switch the box off and on."
    ),
    # web/downloads, keepsake_choice, masking
    _("this export was taken back while it was downloaded."),
    _("That photo was not chosen on the keepsake's page."),
    _("There is no such picture in this clip."),
    _("These masks were changed meanwhile."),
    _("Who is covered must be a list of participants."),
    # casework/filing
    _("A film can only be filed under an open case. Choose one."),
    _("what was filmed must be one of %(choices)s, not %(kind)s"),
    _(
        "The key beside this film is not the one that it is sealed to. Keep the card, and tell "
        "your data-protection officer."
    ),
    _("This film does not say when it was made. It cannot be filed."),
    _("This film is filed already. Look for it in the list."),
    _(
        "You cannot open this film: it was made before you were let in, or your passphrase was "
        "changed since. A colleague or the recovery sheet can file it."
    ),
    _("The key of this film is not on the card any more: nobody can open it. Erase it."),
    # casework/forms
    _("version must be 1 to 24 of A-Z, a-z, 0-9, . and -"),
    _("language must be one of %(choices)s"),
    _("[%(section)s] is missing; it must hold %(keys)s"),
    _("a [[part]] for each purpose is missing"),
    _("[[part]] must hold %(keys)s"),
    _("purpose must be one of %(choices)s, each once, not %(purpose)s"),
    _("the part for filming is missing"),
    _("%(where)s must be a list of texts"),
    _("%(where)s must be a text of 1 to %(longest)s letters"),
    _("there is no consent form in %(where)s. Put one .toml file a language there."),
    _("two consent forms in %(where)s are in one language. Take one away."),
    _("it is larger than %(most)s KiB"),
    _("cannot use the consent form %(path)s, %(place)s%(why)s"),
    _("cannot use the consent form %(path)s: %(why)s"),
    # casework/gates
    _("cannot %(what)s: it is not said who is in shot. Say it first."),
    _("cannot %(what)s: consent to %(purpose)s is missing from %(whom)s. %(way)s"),
    # casework/goals
    _("a rating must be from %(least)s to %(most)s, not %(value)s."),
    _("that goal belongs to another case."),
    _("%(what)s needs words. Write down what the client says."),
    _("%(what)s must be no longer than %(longest)s letters. Shorten it."),
    # films from elsewhere
    _("A film can only be added to an open case. Choose one."),
    # casework/lexicon
    _("%(where)s has no %(called)s"),
    _("%(twice)s is there twice"),
    _("a key must be 1 to 40 of a-z, 0-9 and -, not %(key)s"),
    _("in %(where)s, %(key)s must be one of %(choices)s"),
    _("%(setting)s must be one of %(choices)s, or the path of a .toml file, not %(wanted)s"),
    _("it is too large"),
    _("cannot use the %(called)s %(path)s: %(what)s"),
    _("in %(where)s, a language must be as en or de-CH, not %(language)s"),
    _("in %(where)s, a %(called)s must be 1 to %(longest)s letters long"),
    # casework/participants
    _("they answer for a child here, and cannot be a child themselves."),
    _("a role must be one of %(choices)s, not %(role)s."),
    _("initials must be no longer than %(longest)s letters. Write initials, not a name."),
    _(
        "%(initials)s may be a name. Initials tell less: A. or J.B. If it is no name, tick so "
        "and save again."
    ),
    _("only an adult in this case can answer for a child. Add them first."),
    # casework/practitioners
    _("Only somebody who opens the case can share it."),
    _("There is no such %(kind)s on this box any more."),
    # casework/progress
    _("cycle %(number)s is %(known)s already: it cannot be %(state)s."),
    # casework/prompts
    _("it has %(found)s prompts; a review has room for %(most)s"),
    _("in %(key)s, about must be clip or review, not %(about)s"),
    _('there is no prompt %(each)s with about = "review"'),
    # casework/retention
    _("a legal hold needs its reason. Write who asked for it, and why."),
    _("%(code)s is on hold already."),
    _("%(code)s is %(state)s: it cannot be %(wish)s."),
    # casework/review_words
    _("there is room for %(longest)s letters here. Shorten it a little."),
    # casework/schema
    _("a newer version of vigbox made it. Install that version again."),
    # casework/service
    _("%(key)s must be one of %(choices)s."),
    _("the languages must be a list, not %(languages)s."),
    _("the %(key)s must be a plain text. Type it again."),
    _("the %(key)s may have %(longest)s letters. Make it shorter."),
    _("the %(called)s must be a whole number up to %(most)s, not %(value)s."),
    _("the service's own language must be among those it offers."),
    _("a language must be one of %(choices)s, not %(each)s."),
    _("the %(key)s must be one of %(choices)s, not %(value)s."),
    # casework/service_file
    _("it is too large."),
    _(
        "somebody changed the settings on another tablet meanwhile. Look at them again, and "
        "then change yours."
    ),
    _("there is no file of your own %(called)s yet. Give it below."),
    # casework/shared_reviews
    _("%(code)s is %(state)s, or that cycle is not its own."),
    _("no clip of cycle %(number)s is chosen. Watch its film and choose two or three."),
    _(
        "that film is of another case, or one of those that were watched. Choose the film that "
        "was made of this shared review."
    ),
    _("this shared review has not begun. Begin it first."),
    _("this shared review is over. Prepare another one."),
    # casework/subject
    _("the signatures are more than fits into one export."),
    # casework/supervisions
    _("there is no such shared review with a film of its own. Choose another."),
    _("no clip is chosen. Watch the film of the shared review, and choose one to three."),
    _("a clip was moved or removed meanwhile. Choose again."),
    _("%(taken)s clips are too many for one supervision. Take fewer."),
    _("the helping question is empty. Write what you want to find out."),
    _("the helping question may have %(longest)s letters. Make it shorter."),
    _("that supervisor is not known on this box. Add them under Keys."),
    _("that supervision is a colleague's: only they note when it was."),
    _("that day is still to come. Note it once it was."),
    # casework/training
    _("that day is still to come. Write the day the stage began."),
    _("cycles from before the box must be from 0 to %(most)s."),
    _("the status must be one of %(choices)s, not %(status)s."),
    _("a trainee's stage is 1, 2 or 3, not %(stage)s."),
    _("a stage is 1, 2 or 3."),
    _("the supervisor may have %(longest)s letters."),
    _("the stages' days do not follow one another. Look at them again."),
    # casework/versions
    _(
        "%(what)s was changed on another tablet meanwhile. It is shown now as it is there; "
        "look, and change it again if you still want to."
    ),
    # casework/vocabulary
    _("it has no heading"),
    # store/armed
    _("the arming statement is not one. Arm the box again."),
    _("the request is signed but says nothing"),
    _("the request is not signed by this box's arming key. Unlock the page and ask again."),
    _("the arming statement is for another box. Arm this box again."),
    # store/guesses
    _(
        "the button gives %(tries)s more tries once a day, and this day's were given. Hold it "
        "again in %(time)s. Recording goes on as ever."
    ),
    # store/manifests
    _("%(name)s is the manifest of another recording"),
    _("%(name)s is not a manifest of this box: %(why)s"),
    # store/unarmed
    _(
        "what is said about presses without a case is no statement of this box. Unlock the "
        "page and save the service's settings again."
    ),
    _("cannot keep the statement: it is for another box"),
    _("cannot keep the statement: a newer one is already kept"),
    _("%(name)s cannot be read. Unlock the page and arm the box for a case."),
    # recorder/box
    _("cannot %(what)s now: the box is %(mode)s"),
    # recorder/finishing
    _("cannot finish the film: the place given is not the edge of a chunk"),
    _(
        "cannot finish the film: more than 64 MiB would go. It is left as it is; `vigbox "
        "salvage` gets every whole fragment."
    ),
    # recorder/granted
    _("there is no such case"),
    _("the identity of this recording cannot be so large"),
    _("there is no such recording"),
    # recorder/grants
    _("cannot %(command)s: the grant is for another command"),
    _("cannot %(command)s: the grant has expired. Ask again from the page."),
    # recorder/ledger
    _("this recording is filed already"),
    # films that are on their way in
    _("The family took this case back: nothing is added to it."),
    _(
        "%(code)s is %(state)s: no film is added to it. Open it again on its page, then choose the "
        "film again; what is here of it is kept for a week."
    ),
    # web/binned
    _(
        "This recording cannot go into the bin: it is still being made, or its case is gone. "
        "Erase it at once instead."
    ),
    # web/clips
    _("What was sent must be a JSON object%(only)s."),
    # web/consents
    _("only a child has a no of its own beside the answer for it."),
    # web/drafts
    _("type the name by which colleagues know you."),
    _(
        "that is not word %(number)s of the passphrase. Look at your paper, or show the words "
        "again."
    ),
    _("write the passphrase down first."),
    _("that is not word %(number)s of the sheet. Look at the numbered words and try again."),
    _("too many browsers set this box up. Switch the box off and on, and begin with one tablet."),
    # web/erasures
    _("There is no such erasure."),
    # web/guard
    _("Pages may not use the machines' interface."),
    # web/lane_job
    _("This case is not shared with anybody who unlocked."),
    # web/lane_making
    _("Neither the pictures nor the sound of this film could be read."),
    # web/lanes
    _("There is no strip of this film yet."),
    # web/log
    _("%(typed)s is no number of cycles. Write 0 or more."),
    _("%(typed)s is no day. Write it as 2026-11-21."),
    # web/recordings
    _("This recording is in the bin. Take it back there to see it."),
    _("This film is of no case yet. File it first: until then nobody can see it."),
    # web/review_desk
    _("This shared review does not go on."),
    _("Where a goal stands is a whole number."),
    _("There is no such clip in this shared review."),
    _("What was sent must be a JSON object with no other keys than %(known)s."),
    _("%(key)s must be a text."),
    _("There is no such prompt in this box's template."),
    _("There is no such goal."),
    # web/review_room
    _("this shared review has %(shown)s clips, and none at %(place)s."),
    _("There is no such shared review."),
    # web/screen
    _("There is no such clip."),
    # web/service
    _("only a practitioner of the box settles this, with their passphrase."),
    _("days must be a whole number, not %(typed)s."),
    # web/stage, stages
    _("a way-out code must be %(least)s to %(most)s digits."),
    _("this shared review is over, or the box was locked."),
    _("the client screen cannot do %(what)s %(value)s."),
    _("This code was used already, or is too old. Ask for a new one."),
    _("That is not the way-out code. %(what)s"),
    # web/stills
    _("There is no picture %(number)s in this film: its last is %(last)s."),
    _("A crop is four numbers of pixels: left,top,width,height."),
    _("A width is a number of pixels."),
    _("That picture cannot be made: %(why)s."),
    # web/subject
    _("There is nobody like that in this case."),
    # web/summaries
    _("There is no such picture."),
    # web/supervision
    _("that is no day. Write it as 2026-11-21."),
    # web/uploads
    _("The picture is larger than 16 MB. Take a smaller one; nothing was kept."),
    # devices/capture
    _(
        "the microphone cannot be used: %(why)s. Install the packages sounddevice and "
        "libportaudio2."
    ),
    # devices/cards
    _(
        'the microphone "%(name)s" gives no sound at 48 kHz: %(why)s. Check that nothing else '
        "records from it, or use another one."
    ),
    _('there is no microphone "%(name)s". The microphone must be one of %(choices)s.'),
    # devices/picamera
    _("the camera cannot be used: %(why)s. Install the package python3-picamera2."),
    # said without an error
    _("To erase everything of it, type %(code)s."),
    _("%(code)s is blocked and its key destroyed, but not all is erased yet: %(why)s"),
    _("The freeze frame was outside the clip, and was taken away."),
    _("The card failed: %(why)s. Nothing else was changed."),
    _(
        "This is kept, but the box could not be told: a press without an armed case does as "
        "before. Lock and unlock the page to try again. %(why)s"
    ),
    _(
        "The answer is kept, but the box could not be told, and a press on it may still film. "
        "Lock and unlock the page to try again. %(why)s"
    ),
    _(
        "The film of %(when)s that was made without a case is sealed to somebody else than "
        "before. Keep the card, and tell your data-protection officer."
    ),
    _("cannot use the service's settings in %(path)s: %(why)s"),
    _("the card failed: %(why)s. Try again."),
    _("the request cannot be read"),
    _("this program may not talk to the recorder"),
)
"""Every refusal, as gettext writes it."""
