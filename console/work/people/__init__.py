"""People: roster, roles and permissions, proof of who somebody is, signatures."""
