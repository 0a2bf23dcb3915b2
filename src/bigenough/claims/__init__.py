"""What the 2017 post claims, one file a claim: which runs it needs, and what they say."""
