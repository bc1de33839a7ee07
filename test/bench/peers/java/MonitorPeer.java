import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorConfiguration;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.monitor.TermFilteredPresearcher;
import org.apache.lucene.queryparser.classic.QueryParser;

/** Lucene Monitor: a query a line of RULES. With the option `batch`, a chunk of lines is one index of documents; without, each line is one. */
final class MonitorPeer extends Peer {
  /** Fields that are whole values beside the texts of the line. */
  private static final Set<String> KEYWORDS = Set.of("level", "service", "status");

  private static final int BETWEEN_VALUES = 100;

  private final JsonFactory json = new JsonFactory();
  private final Monitor monitor;
  private final boolean isBatch;

  private MonitorPeer(Monitor monitor, boolean isBatch) {
    this.monitor = monitor;
    this.isBatch = isBatch;
  }

  public static void main(String[] args) throws Exception {
    serve(args, MonitorPeer::load);
  }

  private static Peer load(Path rules, String option) throws Exception {
    Analyzer analyzer = analyzer();
    MonitorConfiguration settings = new MonitorConfiguration().setPurgeFrequency(1, TimeUnit.DAYS);
    Monitor monitor = new Monitor(analyzer, new TermFilteredPresearcher(), settings);
    List<MonitorQuery> queries = new ArrayList<>();
    QueryParser parser = new QueryParser("all", analyzer);
    for (String line : Files.readAllLines(rules)) queries.add(new MonitorQuery("r" + queries.size(), parser.parse(line)));
    monitor.register(queries);
    return new MonitorPeer(monitor, option.equals("batch"));
  }

  private static Analyzer analyzer() {
    Map<String, Analyzer> whole = new HashMap<>();
    for (String field : KEYWORDS) whole.put(field, new KeywordAnalyzer());
    Analyzer words =
        new Analyzer() {
          @Override
          protected TokenStreamComponents createComponents(String field) {
            StandardTokenizer tokenizer = new StandardTokenizer();
            return new TokenStreamComponents(tokenizer, new LowerCaseFilter(tokenizer));
          }

          @Override
          public int getPositionIncrementGap(String field) {
            return BETWEEN_VALUES;
          }
        };
    return new PerFieldAnalyzerWrapper(words, whole);
  }

  @Override
  long judge(List<String> lines) throws Exception {
    long matches = 0;
    if (!isBatch) {
      for (String line : lines) matches += monitor.match(document(line), QueryMatch.SIMPLE_MATCHER).getMatchCount();
      return matches;
    }
    Document[] documents = new Document[lines.size()];
    for (int i = 0; i < documents.length; i++) documents[i] = document(lines.get(i));
    var found = monitor.match(documents, QueryMatch.SIMPLE_MATCHER);
    for (int i = 0; i < documents.length; i++) matches += found.getMatchCount(i);
    return matches;
  }

  private Document document(String line) {
    Document document = new Document();
    try (JsonParser parser = json.createParser(line)) {
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token.isStructStart()) depth++;
        else if (token.isStructEnd()) depth--;
        else if (token.isScalarValue()) add(document, parser, token, depth);
      }
    } catch (IOException noJson) {
      document = new Document();
      document.add(new TextField("all", line, Field.Store.NO));
    }
    return document;
  }

  private static void add(Document document, JsonParser parser, JsonToken token, int depth) throws IOException {
    String text = parser.getText();
    if (token == JsonToken.VALUE_STRING) document.add(new TextField("all", text, Field.Store.NO));
    String field = parser.currentName();
    if (depth == 1 && field != null && KEYWORDS.contains(field)) document.add(new TextField(field, text, Field.Store.NO));
  }
}
