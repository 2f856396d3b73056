"""Papers: PDF of what was signed, handles by which a paper is verified, digital signatures."""
