"""The label as a person and a tablet's camera see it: read back by other readers than ours."""

import dataclasses
import io
import re
import subprocess
from datetime import date

import zxingcpp
from PIL import Image

from vigbox.export.label import LabelFacts, label_picture, label_sheet

PAIRS = ":".join(f"{each:02X}" for each in range(100, 132))
FACTS = LabelFacts(
    "vb-7k3q",
    "k7mq-3xwp-9hdt-v2cz",
    "WIFI:T:WPA;S:vb-7k3q;P:k7mq-3xwp-9hdt-v2cz;;",
    "http://vb-7k3q.home.arpa/",
    "vb-7k3q.home.arpa",
    "10.42.0.1",
    PAIRS,
)
BEFORE = dataclasses.replace(FACTS, fingerprint="")
TODAY = date(2026, 11, 21)


def codes(image: Image.Image) -> list[str]:
    return sorted(each.text for each in zxingcpp.read_barcodes(image))


def printed(pdf: bytes, dots_an_inch: int) -> Image.Image:
    command = ["pdftoppm", "-png", "-r", str(dots_an_inch), "-singlefile", "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout))


def told(pdf: bytes) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_a_camera_joins_the_wifi_and_opens_the_page() -> None:
    # 96 dots an inch: a photo from an arm's length
    for dots in (96, 300):
        found = codes(printed(label_sheet(FACTS, TODAY), dots))
        assert found == sorted([FACTS.wifi_qr, FACTS.page_qr, FACTS.page_qr])


def test_everything_can_be_typed_as_well() -> None:
    text = told(label_sheet(FACTS, TODAY))
    for each in (FACTS.ssid, FACTS.passphrase, FACTS.name, FACTS.address):
        assert each in text
    assert PAIRS in ":".join(re.findall(r"(?<![0-9A-Z])[0-9A-F]{2}(?= |\n)", text))


def test_the_sticker_holds_no_secret() -> None:
    whole = printed(label_sheet(FACTS, TODAY), 200)
    sticker = whole.crop((0, whole.height * 67 // 100, whole.width, whole.height))
    assert codes(sticker) == [FACTS.page_qr]
    card = whole.crop((0, 0, whole.width, whole.height * 67 // 100))
    assert len(codes(card)) == 2
    assert told(label_sheet(FACTS, TODAY)).count(FACTS.passphrase) == 1


def test_it_says_what_keeps_a_tablet_on_the_wi_fi() -> None:
    text = " ".join(told(label_sheet(FACTS, TODAY)).split())
    assert "mobile data off" in text
    assert "stay on this Wi-Fi" in text


def test_it_is_one_page_and_its_metadata_hold_no_secret() -> None:
    pdf = label_sheet(FACTS, TODAY)
    facts = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout
    assert re.search(rb"Pages:\s+1\n", facts)
    assert FACTS.passphrase.encode() not in facts


def test_before_the_first_start_it_says_what_is_still_to_come() -> None:
    assert "print the label again" in " ".join(told(label_sheet(BEFORE, TODAY)).split())
    assert codes(Image.open(io.BytesIO(label_picture(BEFORE)))) == sorted(
        [FACTS.wifi_qr, FACTS.page_qr]
    )


def test_the_picture_is_read_too_small_and_large() -> None:
    image = Image.open(io.BytesIO(label_picture(FACTS)))
    assert image.size == (800, 496)
    for scale in (1, 2):
        found = codes(image.convert("L").resize((image.width * scale, image.height * scale)))
        assert found == sorted([FACTS.wifi_qr, FACTS.page_qr])


def test_facts_do_not_show_the_passphrase() -> None:
    assert FACTS.passphrase not in repr(FACTS)
