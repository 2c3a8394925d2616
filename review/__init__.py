"""The review app: people decide on what the machine only suggests.

It runs in CDF in the browser (Pyodide) and on a laptop. It knows CDF and what it shares with the functions;
nothing but what is in `pages` knows Streamlit.
"""
