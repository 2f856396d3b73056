"""Pages of measurements: taking them, a pregnancy, trends, the ranges they are judged by."""
