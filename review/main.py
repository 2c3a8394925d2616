"""Where Streamlit begins: on a laptop by `make review`, in CDF as the entrypoint of the uploaded app."""

from review.pages import main

main()
