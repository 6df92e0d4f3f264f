"""`python -m wardkey`: the command."""

import sys

from ._cli import main

sys.exit(main())
