import java.io.FileInputStream;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Validates every file named as PDF/A-2b: a line each with ok, or with the rules that it breaks. */
public class Check {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.PDFA_2_B;
        for (String file : files) {
            try (var parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour);
                    var validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                var result = validator.validate(parser);
                var broken = new TreeSet<String>();
                for (TestAssertion one : result.getTestAssertions()) {
                    if (one.getStatus() == TestAssertion.Status.FAILED) {
                        var rule = one.getRuleId();
                        broken.add(rule.getClause() + "-" + rule.getTestNumber() + " " + one.getMessage());
                    }
                }
                boolean declared = parser.getFlavour() == flavour;
                System.out.println(file + "\t" + (result.isCompliant() && declared ? "ok" : "declared " + parser.getFlavour() + "; " + broken));
            }
        }
    }
}
