"""Reading (with positions) and writing the file formats of the servers, Docker, shells and nginx.

Strings in, strings out: nothing here touches a disk. Every writer either returns text that the real reader reads back
as the same value, or raises `WizardError`; none escapes approximately.
"""
