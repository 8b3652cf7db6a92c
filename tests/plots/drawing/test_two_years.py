"""What pictures of two years share."""

from connhub import compare
from connhub.options import CaptionOptions
from connhub.plots.drawing.two_years import captioned, year_names
from tests.measures.two_years import two_years


def test_both_years_stand_in_the_caption():
    change = compare(*two_years(1)[:2])
    assert captioned(change, CaptionOptions()).year_label == "2023年から2024年"
    assert captioned(change, CaptionOptions(year_label="計画")).year_label == "計画"
    assert year_names(change, "en") == ("2023", "2024")
