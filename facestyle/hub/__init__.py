"""Files from the Hugging Face Hub: pinned, checked, with progress, and with a named error for all that can go wrong.

Nothing here runs before somebody asks for a file, and a file that is in the cache costs no request.
"""

from facestyle.hub.progress import Progress, ProgressListener
from facestyle.hub.remote import RemoteFile

__all__ = ["Progress", "ProgressListener", "RemoteFile"]
