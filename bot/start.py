"""Rasa's command line, without the deprecation warnings of the libraries it pins.

Two of them ask for their warnings to be shown when they are imported, so their imports come first.
"""

import sys
import warnings

import pyparsing  # noqa: F401 - see above
import sanic  # noqa: F401 - see above

warnings.filterwarnings("ignore", category=DeprecationWarning)

from rasa.__main__ import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
