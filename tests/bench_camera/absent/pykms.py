"""Stands in for a library that draws on a screen: picamera2 asks for it when it is imported."""

from typing import Any


class _Anything(type):
    def __getattr__(cls, name: str) -> str:
        return name


class PixelFormat(metaclass=_Anything):
    pass


def __getattr__(name: str) -> Any:
    raise AttributeError(name)
