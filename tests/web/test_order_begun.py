"""What is kept of an order in the making; whole orders that go on are in ``test_exports``."""

import pytest

from vigbox.casework.tables import ExportOrder
from vigbox.delivery.begun import SealedPart
from vigbox.delivery.contents import ContentFile
from vigbox.delivery.manifest import Part
from vigbox.web.order_begun import keep_sealed, sealed_of

SEALED = SealedPart(
    Part("a.age", 9, "0" * 64, ("0" * 64,)), ContentFile("a.age", "A12 a", "clip", "1" * 64, 5)
)


def test_what_was_sealed_by_the_same_plan_is_given_back() -> None:
    order = ExportOrder()
    keep_sealed(order, "one plan", [SEALED])
    assert sealed_of(order, "one plan") == [SEALED]
    assert sealed_of(order, "another plan") == []


@pytest.mark.parametrize(
    "begun",
    ["", "{", "[]", "3", '{"plan": "p"}', '{"plan": "p", "parts": [{}]}',
     '{"plan": "p", "parts": 3}', '{"plan": "p", "parts": [{"part": 3, "file": {}}]}'],
)  # fmt: skip
def test_what_cannot_be_read_is_made_again(begun: str) -> None:
    assert sealed_of(ExportOrder(begun=begun), "p") == []
