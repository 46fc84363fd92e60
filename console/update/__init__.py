"""Updates that come on a stick: proven, installed beside the running version, tried, then used."""
