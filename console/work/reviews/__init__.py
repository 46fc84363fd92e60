"""Looking back at finished work: what awaits it, what was asked and answered, who concluded it.

Pure: told as events of the log and folded from them. No Qt, no files.
"""
