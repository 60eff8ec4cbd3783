"""Stands in for a library that writes raw photographs: picamera2 asks for it when imported."""
