"""What the practitioner's machine talks to, under ``/api``: pair, list, fetch, verified.

A machine is known by the certificate it shows in TLS (``fronted``); pairing alone asks for none.
Errors are ``{"error": SENTENCE}``.
"""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from vigbox.delivery import handshake
from vigbox.delivery.certificates import CertificateError
from vigbox.delivery.handshake import Answer, HandshakeError, Hello, Proof, WrongCodeError
from vigbox.delivery.machines import Machine, MachineError, Machines
from vigbox.delivery.outbox import NoSuchExportError, Outbox
from vigbox.delivery.pairing import PairingClosedError, PairingWindow
from vigbox.errors import VigboxError
from vigbox.seal.errors import RecipientError
from vigbox.seal.signing import SigningKey
from vigbox.web.fronted import CERTIFICATE
from vigbox.web.ranges import range_response

SEALED: Final = "application/age"
_LARGEST_BODY_BYTES: Final = handshake.LARGEST_BYTES


class UnknownMachineError(VigboxError):
    """No certificate, or none of a paired machine."""


class OtherManifestError(VigboxError):
    """The machine verified something else than what waits here."""


_STATUS: Final[dict[type[VigboxError], HTTPStatus]] = {
    HandshakeError: HTTPStatus.BAD_REQUEST,
    CertificateError: HTTPStatus.BAD_REQUEST,
    MachineError: HTTPStatus.BAD_REQUEST,
    RecipientError: HTTPStatus.BAD_REQUEST,
    UnknownMachineError: HTTPStatus.UNAUTHORIZED,
    WrongCodeError: HTTPStatus.FORBIDDEN,
    PairingClosedError: HTTPStatus.FORBIDDEN,
    NoSuchExportError: HTTPStatus.NOT_FOUND,
    OtherManifestError: HTTPStatus.CONFLICT,
}


def create_api(
    outbox: Outbox,
    machines: Machines,
    pairing: PairingWindow,
    signing_key: SigningKey,
    box_id: str,
    when_verified: Callable[[str, str], None] | None = None,
) -> Blueprint:
    """Make the blueprint.

    ``when_verified(export_id, machine_id)`` is called after it was noted durably, and again when
    the machine says it again: a power cut may have come between.
    """
    api = Blueprint("api", __name__, url_prefix="/api")
    views = _Views(outbox, machines, pairing, signing_key, box_id, when_verified)
    api.before_request(_bound_body)
    api.add_url_rule("/pair/begin", view_func=views.begin, methods=["POST"])
    api.add_url_rule("/pair/prove", view_func=views.prove, methods=["POST"])
    api.add_url_rule("/exports", view_func=views.exports)
    api.add_url_rule("/exports/<export_id>/<part>", view_func=views.part)
    api.add_url_rule("/exports/<export_id>/verified", view_func=views.verified, methods=["POST"])
    api.register_error_handler(VigboxError, _told)
    api.register_error_handler(HTTPException, _told_by_http)
    return api


class _Views:
    def __init__(
        self,
        outbox: Outbox,
        machines: Machines,
        pairing: PairingWindow,
        signing_key: SigningKey,
        box_id: str,
        when_verified: Callable[[str, str], None] | None,
    ) -> None:
        self._outbox = outbox
        self._machines = machines
        self._pairing = pairing
        self._verify_key = signing_key.verify_key.to_text()
        self._box_id = box_id
        self._when_verified = when_verified

    def begin(self) -> ResponseReturnValue:
        reply = self._pairing.begin(handshake.parse(request.get_data(), Hello))
        return _private(Response(handshake.to_bytes(reply), mimetype="application/json"))

    def prove(self) -> ResponseReturnValue:
        proof = handshake.parse(request.get_data(), Proof)
        claim = self._pairing.prove(proof)
        machine, certificate = self._machines.add(
            proof.name, proof.recipient, partial(claim.issuer.issue, claim.key)
        )
        told = (claim.issuer.authority, claim.issuer.box_name, self._box_id, self._verify_key)
        answer = claim.confirmation.sign(Answer(machine.id, certificate, *told))
        return _private(Response(handshake.to_bytes(answer), mimetype="application/json"))

    def exports(self) -> ResponseReturnValue:
        waiting = self._outbox.for_machine(self._machine().id)
        rows = [
            {"signed": each.signed.decode(), "is_verified": each.is_verified} for each in waiting
        ]
        return _private(jsonify(exports=rows))

    def part(self, export_id: str, part: str) -> ResponseReturnValue:
        export = self._outbox.get(export_id, self._machine().id)
        return _served(export.part_path(part), export.part(part).sha256)

    def verified(self, export_id: str) -> ResponseReturnValue:
        machine = self._machine()
        export = self._outbox.get(export_id, machine.id)
        told = request.get_json()
        if told != {"manifest_sha256": hashlib.sha256(export.manifest.to_bytes()).hexdigest()}:
            raise OtherManifestError("that is not the export that waits here; fetch it again")
        self._outbox.note_verified(export_id, machine.id)
        if self._when_verified is not None:
            self._when_verified(export_id, machine.id)
        return "", HTTPStatus.NO_CONTENT

    def _machine(self) -> Machine:
        shown = request.environ.get(CERTIFICATE)
        machine = self._machines.by_certificate(shown) if shown else None
        if machine is None:
            raise UnknownMachineError(
                "this machine is not, or no longer, paired with this box; pair it again with "
                "vigbox pair"
            )
        return machine


def _served(path: Path, sha256: str) -> Response:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        raise NoSuchExportError(
            "no such part waits here any more; list the exports again"
        ) from None
    response = range_response(
        os.fstat(descriptor).st_size,
        lambda offset, count: os.pread(descriptor, count, offset),
        etag=sha256,
        mimetype=SEALED,
    )
    response.call_on_close(partial(os.close, descriptor))
    return response


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _bound_body() -> None:
    request.max_content_length = _LARGEST_BODY_BYTES


def _told(error: VigboxError) -> ResponseReturnValue:
    status = next(
        (each for kind, each in _STATUS.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    response = jsonify(error=str(error))
    response.status_code = status
    return _private(response)


def _told_by_http(error: HTTPException) -> ResponseReturnValue:
    response = jsonify(error=error.description)
    response.status_code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    return _private(response)
