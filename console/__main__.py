"""``python -m console`` is ``tankside``."""

from console.cli import main

if __name__ == "__main__":
    main()
