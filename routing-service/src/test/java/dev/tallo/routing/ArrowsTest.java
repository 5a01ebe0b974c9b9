package dev.tallo.routing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArrowsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tallo.routing");

  @Test
  void knows_no_code_of_another_service() {
    classes()
        .that()
        .resideInAPackage("dev.tallo.routing..")
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.describe(
                "belong to this module, to messaging, to problems, to store or to a library",
                type ->
                    !type.getPackageName().startsWith("dev.tallo.")
                        || type.getPackageName().startsWith("dev.tallo.routing")
                        || type.getPackageName().startsWith("dev.tallo.messaging")
                        || type.getPackageName().equals("dev.tallo.problem")
                        || type.getPackageName().startsWith("dev.tallo.store")))
        .check(CLASSES);
  }

  @Test
  void its_packages_have_no_cycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.tallo.routing.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  @Test
  void rules_decide_without_knowing_the_broker() {
    noClasses()
        .that()
        .resideInAPackage("dev.tallo.routing.rule..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.rabbitmq..", "dev.tallo.routing.binding..", "dev.tallo.routing.dispatch..")
        .check(CLASSES);
  }
}
