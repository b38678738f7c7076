"""Autobahn's test suite, from the folder beside which this stands; it runs on Python 2.7 and nothing newer."""

import os
import site

# Its namespace packages are found only in a folder that counts as one of the site's.
site.addsitedir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "site"))

from autobahntestsuite import wstest

wstest.run()
