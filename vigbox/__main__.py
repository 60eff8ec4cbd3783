"""``python -m vigbox``."""

import sys

from vigbox.cli import main

sys.exit(main())
