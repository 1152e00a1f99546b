from shared.sql import folder

load = folder(__file__)
