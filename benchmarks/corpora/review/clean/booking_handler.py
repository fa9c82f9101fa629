"""Web handlers for meeting room bookings, with validation of all input."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from flask import Blueprint, Response, current_app, jsonify, request

ROOM_ID = re.compile(r"[a-z]{2,12}-\d{1,3}")
MAX_TITLE_LENGTH = 120
MAX_DURATION = timedelta(hours=8)

blueprint = Blueprint("bookings", __name__, url_prefix="/bookings")


class ValidationError(ValueError):
    """A field of the request is missing or malformed."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(f"{field_name}: {message}")
        self.field_name = field_name
        self.message = message


class RoomTakenError(Exception):
    """The room has a booking at that time."""


@dataclass(frozen=True)
class BookingRequest:
    """A booking somebody asks for."""

    room_id: str
    title: str
    starts_at: datetime
    ends_at: datetime


class BookingService(Protocol):
    """What the handlers need from the application."""

    def book(self, booking: BookingRequest) -> int:
        """Store a booking and return its id, or raise RoomTakenError."""


def parse_booking(body: Any) -> BookingRequest:
    """Validate the decoded body of a request.

    Args:
        body: Decoded JSON document.

    Returns:
        The booking request.

    Raises:
        ValidationError: If a field is missing or malformed.
    """
    if not isinstance(body, dict):
        raise ValidationError("body", "must be a JSON object")
    room_id = _text(body, "room_id", max_length=16)
    if not ROOM_ID.fullmatch(room_id):
        raise ValidationError("room_id", "is not a room")
    starts_at = _moment(body, "starts_at")
    ends_at = _moment(body, "ends_at")
    if not timedelta(0) < ends_at - starts_at <= MAX_DURATION:
        raise ValidationError("ends_at", "must be up to eight hours after the start")
    title = _text(body, "title", max_length=MAX_TITLE_LENGTH)
    return BookingRequest(room_id, title, starts_at, ends_at)


def _text(body: dict[str, Any], name: str, max_length: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValidationError(name, "must be a non-empty text")
    if len(value) > max_length:
        raise ValidationError(name, f"must have at most {max_length} characters")
    return value.strip()


def _moment(body: dict[str, Any], name: str) -> datetime:
    text = _text(body, name, max_length=40)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(name, "must be an ISO 8601 time") from error
    if moment.tzinfo is None:
        raise ValidationError(name, "must have a time zone")
    return moment


@blueprint.post("")
def create_booking() -> tuple[Response, HTTPStatus]:
    """Book a room.

    Returns:
        JSON document with the id of the booking, and status 201.
    """
    booking = parse_booking(request.get_json(silent=True))
    service: BookingService = current_app.extensions["booking_service"]
    return jsonify({"id": service.book(booking)}), HTTPStatus.CREATED


@blueprint.errorhandler(ValidationError)
def handle_invalid_input(error: ValidationError) -> tuple[Response, HTTPStatus]:
    """Answer malformed requests with status 400."""
    body = {"field": error.field_name, "message": error.message}
    return jsonify(body), HTTPStatus.BAD_REQUEST


@blueprint.errorhandler(RoomTakenError)
def handle_room_taken(_error: RoomTakenError) -> tuple[Response, HTTPStatus]:
    """Answer conflicting bookings with status 409."""
    return jsonify({"message": "the room is taken"}), HTTPStatus.CONFLICT
