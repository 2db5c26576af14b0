"""Reading (with positions) and writing the file formats the servers, Docker, shells and nginx take.

Strings in, strings out: nothing here touches a disk. Every writer either returns text that the real reader reads
back as the same value, or raises `WizardError`; none escapes approximately.
"""
