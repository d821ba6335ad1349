"""One file per command; each has its click command under the name `command`, and is loaded by cli.py when asked for."""
