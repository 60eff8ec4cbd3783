// Does nothing: that it may be started at all proves that this browser trusts the box.
