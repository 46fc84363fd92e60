"""From equipment to memory: polling, latest values, recent trends. No Qt, no database."""
