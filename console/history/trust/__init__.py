"""Why a log can be believed: keys, signed heads, anchors kept elsewhere, files that prove it."""
