"""Rasa's command line, without the deprecation warnings of the libraries it pins.

Sanic asks for them to be shown when it is imported, and Rasa again when it starts: what warns is
imported in between.
"""

import sys
import warnings

import sanic  # noqa: F401 - see above

warnings.filterwarnings("ignore", category=DeprecationWarning)

import matplotlib  # noqa: E402, F401 - see above
from rasa.__main__ import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
