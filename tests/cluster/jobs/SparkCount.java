import java.util.Arrays;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** IN OUT: how often each word is in the lines of IN. */
public class SparkCount {
  public static void main(String[] args) {
    try (var spark = new JavaSparkContext()) {
      spark.textFile(args[0])
          .flatMap(line -> Arrays.asList(line.split(" ")).iterator())
          .mapToPair(word -> new Tuple2<>(word, 1))
          .reduceByKey(Integer::sum)
          .map(pair -> pair._1 + "\t" + pair._2)
          .saveAsTextFile(args[1]);
    }
  }
}
