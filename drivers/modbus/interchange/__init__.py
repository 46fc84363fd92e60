"""Register maps in other people's formats: MBMap v2, CSV, rackmon; and writing our own."""
