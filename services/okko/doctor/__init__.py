"""What `okko doctor` looks at: one module a subject, each with a look at the world and a judgement of what was seen.

Judgements are pure: frozen values in, findings out. Nothing here changes anything on the station.
"""
