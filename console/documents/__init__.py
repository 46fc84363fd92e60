"""Documents on paper and as HTML: the only code that knows reportlab. No Qt, no database."""
