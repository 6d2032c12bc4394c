"""IN OUT: how often each word is in the lines of IN. Prints on how many executors it ran."""

import sys

from pyspark import SparkContext

spark = SparkContext()
counts = (
    spark.textFile(sys.argv[1], 4)
    .flatMap(lambda line: line.split(" "))
    .map(lambda word: (word, 1))
    .reduceByKey(lambda a, b: a + b)
)
counts.map(lambda pair: f"{pair[0]}\t{pair[1]}").saveAsTextFile(sys.argv[2])
# The driver counts as one.
print("executors", spark._jsc.sc().getExecutorMemoryStatus().size() - 1)
