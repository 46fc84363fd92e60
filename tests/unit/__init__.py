"""Tests without Qt and without sockets beyond loopback."""
