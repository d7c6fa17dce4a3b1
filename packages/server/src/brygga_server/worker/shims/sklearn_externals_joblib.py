"""`sklearn.externals.joblib`, which scikit-learn dropped in 0.23, is joblib itself.

Its modules are joblib's own under a second name, so that models pickled through the old name load
into the classes that joblib looks for.
"""

import sys

import joblib

sys.modules[__name__] = joblib
for _name in [name for name in sys.modules if name.startswith("joblib.")]:
    sys.modules[__name__ + _name[len("joblib") :]] = sys.modules[_name]
