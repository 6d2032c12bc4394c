-- engine: warehouse
-- The warehouse answers from its own columns, loaded by COPY: the worst day of every month.
SELECT month, day, late_flights, flights, ROUND(100.0 * late_flights / flights, 1) AS late_percent
FROM (
  SELECT
    month,
    day,
    SUM(late_flights) AS late_flights,
    SUM(flights) AS flights,
    ROW_NUMBER() OVER (PARTITION BY month ORDER BY SUM(late_flights) DESC) AS place
  FROM public.delays
  GROUP BY month, day
) AS days
WHERE place = 1
ORDER BY month;
