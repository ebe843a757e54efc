"""`python -m facestyle`."""

import sys

from facestyle.cli import main
from facestyle.signals import interrupt_on_sigterm

interrupt_on_sigterm()
sys.exit(main())
