"""Deploying image360: what makes the function code ready for `cdf build`, and the steps that any CI runs."""
