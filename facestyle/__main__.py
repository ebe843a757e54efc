"""`python -m facestyle`."""

import sys

from facestyle.cli import main

sys.exit(main())
