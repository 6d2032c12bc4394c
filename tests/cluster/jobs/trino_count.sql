CREATE SCHEMA IF NOT EXISTS hive.words;
CREATE TABLE IF NOT EXISTS hive.words.lines (line varchar) WITH (format = 'TEXTFILE', external_location = 's3://data/words/');
SELECT word, count(*) FROM hive.words.lines CROSS JOIN UNNEST(split(line, ' ')) AS t (word) GROUP BY word;
