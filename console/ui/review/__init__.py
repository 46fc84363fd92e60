"""The reviewer's page: what awaits review, one record with its exceptions first, what to do."""
