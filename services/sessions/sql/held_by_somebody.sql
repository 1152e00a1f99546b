-- Which of the functions $1 somebody holds now who can sign in.
SELECT wanted.function
FROM unnest($1::text[]) AS wanted (function)
WHERE EXISTS (
    SELECT
    FROM sessions.users AS u
    WHERE u.state = 'active'
      AND wanted.function = ANY (
          CASE WHEN u.functions_until > now() THEN u.functions ELSE sessions.effective_functions(u.user_id) END
      )
)
