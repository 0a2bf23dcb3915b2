"""scikit-learn classifiers: the networks and the Leekasso for anyone's rows; a module each, since one needs no torch."""
